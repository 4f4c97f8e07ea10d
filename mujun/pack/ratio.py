"""Which names are a quotient of two figures, so that a group's figure is the sum of one over the sum of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.pack.formula import Binary, Call, Expr, Name, Past

if TYPE_CHECKING:
    from mujun.pack.policy import Scope


def quotient(name: str, scope: Scope) -> Binary | None:
    """The division that an indicator is, other indicators opened; None where it is none, or divides again below."""
    seen: set[str] = set()
    while name in scope.indicators and name not in seen:
        seen.add(name)
        expr = scope.indicators[name].expr
        if isinstance(expr, Name):
            name = expr.name
        elif isinstance(expr, Binary) and expr.op == "/":
            parts = (expr.left, expr.right)
            return None if any(_divides(part, scope, frozenset(seen)) for part in parts) else expr
        else:
            break
    return None


def _divides(expr: Expr, scope: Scope, seen: frozenset[str]) -> bool:
    """Whether there is a division in a formula, indicators and fallbacks opened."""
    match expr:
        case Binary(op, left, right):
            return op == "/" or _divides(left, scope, seen) or _divides(right, scope, seen)
        case Call(_, arguments):
            return any(_divides(argument, scope, seen) for argument in arguments)
        case Past(value):
            return _divides(value, scope, seen)
        case Name(name) if name not in seen:
            indicator, field = scope.indicators.get(name), scope.fields.get(name)
            below = indicator.expr if indicator else field.fallback if field else None
            return below is not None and _divides(below, scope, seen | {name})
    return False
