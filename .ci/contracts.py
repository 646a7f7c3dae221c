"""A contract of import-linter: command modules parse and print, and every other module is a library."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output


def is_command(module: str) -> bool:
    """Whether a dotted name is that of the command line: `cli`, `X.command` or `X.command_<name>`."""
    last = module.rpartition(".")[2]
    return last in ("cli", "command") or last.startswith("command_")


class CommandsContract(Contract):
    """No library imports click or a command's module."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = sorted(
            (library, imported)
            for library in graph.modules
            if library.startswith("bornetools.") and not is_command(library)
            for imported in graph.find_modules_directly_imported_by(library)
            if imported == "click" or is_command(imported)
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for library, imported in check.metadata["broken"]:
            output.print_error(f"{library} imports {imported}", bold=False)
