"""The version printed on every workbook."""

from importlib.metadata import version

VERSION = version("coopledger")
