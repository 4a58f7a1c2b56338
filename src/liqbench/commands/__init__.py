"""Groups of the command's subcommands."""

__all__: list[str] = []
