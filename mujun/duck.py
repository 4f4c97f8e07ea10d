"""DuckDB's own module, without the Python layer around it.

``import duckdb`` spends three quarters of its time (0.1 s, a third of a small run) on classes that mujun does not use;
the extension module below it has the connection and the exceptions, which are the very same objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, InvalidInputException, IOException, OutOfRangeException, connect
else:
    try:
        from _duckdb import DuckDBPyConnection, InvalidInputException, IOException, OutOfRangeException, connect
    except ImportError:  # another layout than that of DuckDB 1.4 to 2.0
        from duckdb import DuckDBPyConnection, InvalidInputException, IOException, OutOfRangeException, connect

__all__ = ["DuckDBPyConnection", "IOException", "InvalidInputException", "OutOfRangeException", "connect"]
