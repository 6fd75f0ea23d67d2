"""A small company, made by the deeds that people use."""


def fill():
    """Fill an empty server; yield lines to print."""
    yield "…"
