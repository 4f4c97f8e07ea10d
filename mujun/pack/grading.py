"""From the YAML shape to the meaning: a method of evaluation (``grading.yaml``) within the names of a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mujun.pack import formula
from mujun.pack.condition import All, Condition, Not, leaves
from mujun.pack.grading_items import CutsReader, ItemReader, Reader
from mujun.pack.lists import ListResolver
from mujun.pack.method import ACTIONS, Adjustments, Exemption, GradeScope, Method, Move, Step
from mujun.pack.models_grading import GradingModel
from mujun.pack.policy import Source
from mujun.pack.problems import nearest
from mujun.pack.reach import possible
from mujun.pack.shape import validate
from mujun.quantity import PURE, describe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mujun.pack.formula import Expr
    from mujun.pack.models_grading import MoveModel, ScopeModel, StepModel
    from mujun.pack.policy import Dataset
    from mujun.pack.resolve import Resolver
    from mujun.pack.yaml import Document, Path_

_TO_A_GRADE = ("定档", "一票否决")


def read_method(
    document: Document, resolver: Resolver, datasets: Mapping[str, Dataset], pack: str, feeds: str = ""
) -> Method | None:
    """Resolve the method in a document within the names of a pack, whose fields and indicators are in the resolver.

    The method's parameters are known within it only. `feeds` stands in where the method does not say which field its
    grades fill. Every fault is added to those of the resolver; None where there is one.
    """
    before = len(resolver.problems)
    model = validate(GradingModel, document, (), document.value, resolver.problems, resolver.unsound)
    if model is None:
        return None
    model = model.model_copy(update={} if model.feeds else {"feeds": feeds})
    dataset = datasets.get(model.dataset)
    if dataset is None:
        resolver.unknown(model.dataset, document.place(("dataset",)), datasets, "数据")
        return None
    whole = resolver.scope
    parameters = resolver.parameters(model.parameters, document)
    resolver.scope = replace(whole, parameters={**whole.parameters, **parameters})
    with resolver.over(dataset.fields):
        method = _MethodReader(model, document, resolver, pack).method()
    adjustments = _adjustments(model, document, resolver, datasets)
    resolver.scope = whole
    return replace(method, parameters=parameters, adjustments=adjustments) if len(resolver.problems) == before else None


def _adjustments(
    model: GradingModel, document: Document, resolver: Resolver, datasets: Mapping[str, Dataset]
) -> Adjustments | None:
    """The dataset of adjustments, whose fields must be able to say what they are to say."""
    if model.adjustments is None:
        return None
    found = Adjustments(**model.adjustments.model_dump())
    dataset = datasets.get(found.dataset)
    if dataset is None:
        resolver.unknown(found.dataset, document.place(("adjustments", "dataset")), datasets, "数据")
        return None
    said = {"action": ACTIONS, "grade": tuple(model.grades)}
    for role in ("code", "action", "grade", "reason", "source"):
        name, place = getattr(found, role), document.place(("adjustments", role))
        field = dataset.fields.get(name)
        if field is None:
            resolver.unknown(name, place, dataset.fields, "字段")
        elif role not in said:
            if field.kind not in ("code", "text"):
                resolver.fail(place, f"“{name}”应为 text 或 code 类型的字段，现为 {field.kind}")
        elif field.kind != "choice" or (lost := [one for one in said[role] if one not in field.values]):
            hint = f"，还缺 {'、'.join(lost)}" if field.kind == "choice" else f"，现为 {field.kind}"
            resolver.fail(place, f"“{name}”应为 choice 类型的字段，取值包括 {'、'.join(said[role])}{hint}")
    return found


class _MethodReader(Reader):
    """Reads all of a method; a fault in one part keeps nothing else from being checked."""

    def __init__(self, model: GradingModel, document: Document, resolver: Resolver, pack: str) -> None:
        super().__init__(model, document, resolver, pack)
        self.conditions = ListResolver(resolver)

    def method(self) -> Method:
        model, document = self.model, self.document
        self.grades()
        self.feeds()
        exempt = []
        for name, item in model.exempt.items():
            when = self.condition(item.when, ("exempt", name, "when"))
            if when is not None:
                exempt.append(Exemption(name, when, item.cites, item.note, document.key(("exempt", name))))
        scopes = [self.scope(name, item) for name, item in model.scopes.items()]
        self.reachable([scope for scope in scopes if scope is not None])
        moves = [self.move(name, item) for name, item in model.moves.items()]
        source = Source(**model.source.model_dump()) if model.source else Source("")
        return Method(
            model.method, model.title, model.dataset, model.place, model.year, source, model.published, model.assumed,
            tuple(model.incomplete), model.note, model.feeds, tuple(model.grades), model.ungraded, tuple(exempt),
            tuple(scope for scope in scopes if scope is not None), tuple(move for move in moves if move is not None),
            {}, document.key(("method",)),
        )  # fmt: skip

    # --- grades -----------------------------------------------------------------------------------------------------

    def grades(self) -> None:
        """Each grade is named once, and the ungraded one apart."""
        seen: set[str] = set()
        for index, grade in enumerate(self.model.grades):
            if grade in seen:
                self.fail(self.document.place(("grades", index)), f"等级“{grade}”写了两次")
            seen.add(grade)
        if self.model.ungraded in seen:
            self.fail(self.document.place(("ungraded",)), f"不评的“{self.model.ungraded}”不能又是一个等级")

    def feeds(self) -> None:
        """The field that the grades fill must be a choice of all of them."""
        name, fields = self.model.feeds, self.resolver.scope.fields
        place = self.document.place(("feeds",))
        if not name:
            return
        if name not in fields:
            self.resolver.unknown(name, place, fields, "字段")
        elif fields[name].kind != "choice":
            self.fail(place, f"feeds 应为 choice 类型的字段，“{name}”是 {fields[name].kind}")
        elif lost := [one for one in (*self.model.grades, self.model.ungraded) if one not in fields[name].values]:
            self.fail(place, f"“{name}”没有取值 {'、'.join(lost)}，等级不能填入；请在 fields.yaml 补上")

    # --- conditions and formulas ------------------------------------------------------------------------------------

    def condition(self, value: Any, path: Path_) -> Condition | None:
        """Resolve a condition, which must not rest on the very grade that it helps to give."""
        if value == "" and "" in self.resolver.unsound:  # it is missing, which has been reported
            return None
        found = self.conditions.condition(self.document, value, path)
        if value is None and path in self.document.keys:
            self.fail(self.document.key(path), "没有写条件")
        for leaf in leaves(found):
            if self.is_fed(leaf.name):
                self.fail(leaf.place, f"“{leaf.name}”由等级填充，评价办法不能以它为条件")
        return found

    def formula(self, text: str, path: Path_, what: str) -> Expr | None:
        """A formula that gives a pure number."""
        place = self.document.place(path)
        expr = formula.parse(text, place, self.resolver.problems)
        found = self.resolver.dimension(expr) if expr is not None else None
        if found is not None and found != PURE:
            self.fail(place, f"{what}应为不带单位的数，“{text}”是{describe(found)}")
        return expr

    # --- scopes -----------------------------------------------------------------------------------------------------

    def scope(self, name: str, model: ScopeModel) -> GradeScope | None:
        """A scope with its indicators, steps and cuts. None where any of these is at fault."""
        path, before = ("scopes", name), len(self.resolver.problems)
        among = self.condition(model.among, (*path, "among"))
        self.groups(model.within, (*path, "within"))
        items = ItemReader(self.model, self.document, self.resolver, self.pack).items(model, path)
        coefficient = None
        if model.coefficient:
            coefficient = self.formula(model.coefficient, (*path, "coefficient"), "修正系数")
        steps = [self.step(step, item, (*path, "bonus", step)) for step, item in model.bonus.items()]
        most_bonus = self.most(model.most_bonus, (*path, "most_bonus"))
        most_deduction = self.most(model.most_deduction, (*path, "most_deduction"))
        then = tuple(
            self.conditions.rank(text, self.document.place((*path, "then", index)))
            for index, text in enumerate(model.then)
        )
        cuts = CutsReader(self.model, self.document, self.resolver, self.pack).cuts(model.cuts, (*path, "cuts"))
        total = self.number(model.total, (*path, "total"))
        if len(self.resolver.problems) > before or items is None or cuts is None or total is None:
            return None
        return GradeScope(
            name, among, tuple(model.within), total, items, coefficient, model.coefficient,
            tuple(step for step in steps if step is not None), most_bonus, most_deduction, then, cuts, model.cites,
            model.note, self.document.key(path),
        )  # fmt: skip

    def step(self, name: str, model: StepModel, path: Path_) -> Step | None:
        """A bonus or deduction."""
        when = self.condition(model.when, (*path, "when"))
        points = self.formula(model.points, (*path, "points"), "加减的分")
        if points is None:
            return None
        return Step(name, when, points, model.points, model.cites, model.note, self.document.key(path))

    def most(self, text: str | None, path: Path_) -> Fraction | None:
        """A limit of bonus or deductions, in points above 0."""
        found = self.number(text, path) if text is not None else None
        if found is not None and found < 0:
            self.fail(self.document.place(path), f"“{path[-1]}”是上限，不写负数，写了“{text}”")
        return found

    def reachable(self, scopes: list[GradeScope]) -> None:
        """An enterprise belongs to the first scope it is among: each must leave some to those behind it."""
        closed, taken = "", list[Condition]()
        for scope in scopes:
            if closed:
                self.fail(
                    scope.place, f"范围“{scope.name}”永远轮不到：排在它前面的“{closed}”没有 among，已包括所有企业"
                )
            elif scope.among is None:
                closed = scope.name
            elif not possible(scope.among, self.resolver.scope):
                self.fail(scope.place, f"范围“{scope.name}”的条件自相矛盾，任何企业都不可能属于它")
            elif not possible(All((scope.among, *map(Not, taken))), self.resolver.scope):
                self.fail(scope.place, f"范围“{scope.name}”永远轮不到：符合它的都已归入排在前面的范围")
            else:
                taken.append(scope.among)

    # --- moves ------------------------------------------------------------------------------------------------------

    def move(self, name: str, model: MoveModel) -> Move | None:
        """A reason to move a grade; only 定档 and 一票否决 say to which."""
        path = ("moves", name)
        when = self.condition(model.when, (*path, "when"))
        place, grades = self.document.place((*path, "to")), self.model.grades
        if model.action not in _TO_A_GRADE and model.to:
            self.fail(self.document.key((*path, "to")), f"{model.action} 升降一档，不写 to")
        elif model.action in _TO_A_GRADE and not model.to:
            self.fail(self.document.key(path), f"{model.action} 应写明到哪一档，如 to: {grades[-1]}")
        elif model.to and model.to not in grades:
            self.fail(place, f"没有等级“{model.to}”{nearest(model.to, grades)}，可用：{'、'.join(grades)}")
        if name in self.model.exempt:
            where = self.document.key(("exempt", name))
            self.fail(self.document.key(path), f"名称“{name}”已用于 {where}，请改名")
        if when is None:
            return None
        return Move(name, model.action, model.to, when, model.cites, model.note, self.document.key(path))
