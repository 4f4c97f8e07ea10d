"""DuckDB's own module, without the Python layer around it.

``import duckdb`` spends three quarters of its time (0.1 s, a third of a small run) on classes that mujun does not use;
the extension module below it has the connection and the exceptions, which are the very same objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import (
        CatalogException,
        ConversionException,
        DuckDBPyConnection,
        InvalidInputException,
        IOException,
        OutOfRangeException,
        connect,
    )
else:
    try:
        import _duckdb as duckdb
    except ImportError:  # another layout than that of DuckDB 1.4 to 2.0
        import duckdb
    CatalogException, ConversionException = duckdb.CatalogException, duckdb.ConversionException
    InvalidInputException = duckdb.InvalidInputException
    IOException, OutOfRangeException = duckdb.IOException, duckdb.OutOfRangeException
    DuckDBPyConnection, connect = duckdb.DuckDBPyConnection, duckdb.connect

__all__ = [
    "CatalogException",
    "ConversionException",
    "DuckDBPyConnection",
    "IOException",
    "InvalidInputException",
    "OutOfRangeException",
    "connect",
]
