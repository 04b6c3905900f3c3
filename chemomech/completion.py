"""Completion of the command line in bash, zsh and fish, made from the parser of the commands.

source <(chemomech completion bash)                                      # in ~/.bashrc
chemomech completion zsh > ~/.zfunc/_chemomech                           # a folder on fpath
chemomech completion fish > ~/.config/fish/completions/chemomech.fish
"""

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping

Rows = dict[str, tuple[str, list[str]]]  # command -> (its help, the words that may follow it)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield what a parser takes and shows in its help."""
    yield from (each for each in parser._actions if each.help != argparse.SUPPRESS)


def commands_of(parser: argparse.ArgumentParser) -> Rows:
    """Return every command with its help and its words: options, and choices of what it takes."""
    found: Rows = {}
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        helps = {each.dest: each.help or "" for each in action._choices_actions}
        for name, below in action.choices.items():
            words: list[str] = []
            for each in _actions(below):
                words += each.option_strings
                words += [str(choice) for choice in each.choices or ()]
            found[name] = (helps.get(name, ""), words)
    return found


def _bash(commands: Rows) -> Iterator[str]:
    """Yield the lines of the script for bash; files complete everywhere."""
    yield "_chemomech() {"
    yield '    local word=${COMP_WORDS[COMP_CWORD]} words=""'
    yield "    if [ $COMP_CWORD -eq 1 ]; then"
    yield f'        words="{" ".join(commands)} --help --version"'
    yield "    else"
    yield "        case ${COMP_WORDS[1]} in"
    for name, (_, words) in commands.items():
        yield f'            {name}) words="{" ".join(words)}" ;;'
    yield "        esac"
    yield "    fi"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    # What the shell would take for a sign of its own, as the | of an interface, is quoted.
    yield '    [ ${#COMPREPLY[@]} -eq 0 ] || COMPREPLY=($(printf "%q\\n" "${COMPREPLY[@]}"))'
    yield "}"
    yield "complete -o default -F _chemomech chemomech"


def _zsh(commands: Rows) -> Iterator[str]:
    """Yield the lines of the script for zsh."""
    yield "#compdef chemomech"
    yield "_chemomech() {"
    yield "    local -a known"
    yield "    known=("
    for name, (text, _) in commands.items():
        yield f"        {_quoted(f'{name}:{text}')}"
    yield "    )"
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe command known"
    yield "        return"
    yield "    fi"
    yield "    case $words[2] in"
    for name, (_, words) in commands.items():
        yield f"        {name}) compadd -- {' '.join(map(shlex.quote, words))} ;;"
    yield "    esac"
    yield "    _files"
    yield "}"
    # Read as a file of fpath it is the function's first call; read by `source` it defines it.
    yield 'if [ "$funcstack[1]" = _chemomech ]; then _chemomech "$@"'
    yield "else compdef _chemomech chemomech"
    yield "fi"


def _fish(commands: Rows) -> Iterator[str]:
    """Yield the lines of the script for fish."""
    for name, (text, words) in commands.items():
        begin = "complete -c chemomech -n"
        yield f"{begin} __fish_use_subcommand -a {name} -d {_quoted(text)}"
        seen = f"{begin} '__fish_seen_subcommand_from {name}'"
        for word in words:
            is_option = word.startswith("-")
            long = word.removeprefix("--")
            kind = f"-l {long}" if word.startswith("--") else f"-s {word[1:]}"
            # fish reads the text of -a as a command line of its own.
            named = (
                f"-a {shlex.quote(word)}" if word == shlex.quote(word) else f'-a "{_quoted(word)}"'
            )
            yield f"{seen} {kind if is_option else named}"


def _quoted(text: str) -> str:
    """Return a text as one word of a shell."""
    return "'" + text.replace("'", "’") + "'"


SHELLS: dict[str, Callable[[Rows], Iterable[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def script(
    parser: argparse.ArgumentParser, shell: str, more: Mapping[str, Iterable[str]] | None = None
) -> str:
    """Return the completion script of a shell.

    Parameters
    ----------
    parser : ArgumentParser
        Of the program, with its commands.
    shell : {"bash", "zsh", "fish"}
        Which shell reads it.
    more : mapping of str to words, optional
        What else may follow a command, as the names of materials.
    """
    given = more or {}
    rows = {
        name: (text, [*words, *given.get(name, ())])
        for name, (text, words) in commands_of(parser).items()
    }
    return "\n".join(SHELLS[shell](rows)) + "\n"
