"""The rival on files of bureaus: only reads them into lists of rows, and does nothing with them.

Workbooks by python-calamine, CSV files in GB18030 by DuckDB, which reads UTF-8, web pages saved as .xls by lxml, as neither
of these does. It looks for no header, title, total, unit or year, joins nothing and judges nothing. Usage:
python benchmarks/rival_read.py FILE...
"""

import sys
import tempfile
from pathlib import Path
from typing import Any


def rows(path: Path) -> list[list[Any]]:
    """All rows of all tables of a file."""
    if path.suffix == ".csv":
        import duckdb

        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "utf8.csv"
            plain.write_bytes(path.read_bytes().decode("gb18030").encode())
            read = "SELECT * FROM read_csv(?, header=false, all_varchar=true, null_padding=true)"
            return [list(row) for row in duckdb.connect().execute(read, [str(plain)]).fetchall()]
    if path.suffix == ".xlsx":
        import python_calamine

        book = python_calamine.load_workbook(str(path))
        return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    from lxml import html

    # The page says gb2312, and lxml would stop at the first character that is only in GB18030.
    page = html.fromstring(path.read_bytes().decode("gb18030"))
    return [["".join(map(str, cell.itertext())) for cell in row] for row in page.iter("tr")]


def main(*files: str) -> None:
    read = {file: len(rows(Path(file))) for file in files}
    if not all(read.values()):
        sys.exit(f"nothing was read of some: {read}")


main(*sys.argv[1:])
