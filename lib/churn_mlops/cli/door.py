"""The door of the command line: finds the command, and turns errors into one message and an exit code."""

import gc
import os
import sys
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.exits import INTERRUPTED, InterruptedTwice
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

INTERNAL_ERROR = 70  # a mistake of ours, not of the user's

# Each command is the function of that name in the module of that name; its help stands here, so that none is loaded
# to list them.
COMMANDS = {
    "run": "Run the pipeline. What `python pipeline.py` does without a command.",
    "monitor": "Look at the champion with the data of now: drift, performance, service; 12 if alerts are raised.",
    "init": "Look at data and write a first dataset definition for it.",
    "adopt": "Look at a folder of notebooks, and lay a project out from one of them.",
    "check": "Check the list of stages and the notebooks, before any kernel.",
    "new-stage": "Make the notebook of a new stage, such as 035_segments.",
    "runs": "List the archive: every run, newest first.",
    "status": "Last run, champion and by whose word, ages, alerts, what to do; 1 if stale or broken.",
    "alerts": "Alerts that are open, and what to do; `alerts ack` acknowledges, `alerts send` sends.",
    "watch": "Monitor, score and retrain at the times of the schedule, in the foreground; --show tells of them.",
    "retrain": "Train again: now, or --if-needed by the policy; --explain shows how each rule stands.",
    "replay": "Would a policy have paid? One's own history, month by month, under several policies.",
    "why": "Why a customer got a score, and what that came of.",
    "lineage": "How the data of a run became features, a model and predictions.",
    "verify": "Check every digest of a version, or of the whole archive.",
    "diff": "What differs between two runs, and what that comes from.",
    "reproduce": "Make a version again from the archive alone, and compare what comes of it.",
    "data": "List the versions of the data; `data diff A B` says what changed between two.",
    "score": "Score the customers in a file, a folder or a database, whom to contact first.",
    "package": "Put the champion and all it needs to serve into a folder ready to ship.",
    "gc": "Free what no kept run needs; shows first what that is.",
    "models": "List the models that runs have registered, and where each stands.",
    "show": "One model: what its promotion needs, and all that is on record about it.",
    "approve": "Say, on record, that a model may serve.",
    "reject": "Say, on record, that a model must not serve.",
    "promote": "Make a model the champion, if nothing stands against it.",
    "rollback": "Make the champion before serve again.",
    "retire": "Say, on record, that a model is not to serve any more.",
    "shadow": "Let a model be asked beside the champion, without deciding anything.",
    "serve": "Answer for the champion over HTTP, with a page for agents and one for the team.",
    "audit": "Show the audit log; `audit verify` checks it, `audit anchor` prints its head.",
    "drill": "Play nine incidents in a temporary archive: does this project tell of each?",
    "export": "Write a version into one file, to hand to an auditor or another machine.",
    "import": "Take in a version from such a file, once all of it is verified.",
    "debug": "Open the notebook that failed in JupyterLab, with its inputs in place.",
}


class Door(click.Group):
    """A group whose commands are loaded when they are called, and whose default command is `run`."""

    def list_commands(self, context):
        """The commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, context, name):
        """Load a command; None when there is none of that name."""
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_") + "_" * iskeyword(name)
        command = getattr(import_module(f"churn_mlops.cli.{module}"), module)
        command.name, command.help = name, command.help or COMMANDS[name]
        return command

    def parse_args(self, context, arguments):
        """Options without a command are those of `run`."""
        if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)

    def invoke(self, context):
        """Run the command; Ctrl-C where it has no ear for it has the exit code that Ctrl-C has everywhere."""
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            print("interrupted.", file=sys.stderr)
            sys.exit(INTERRUPTED)

    def resolve_command(self, context, arguments):
        """Name the nearest command where there is none of that name."""
        name = arguments[0]
        if name not in COMMANDS:
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else " Cure: python pipeline.py --help."
            context.fail(f"no command `{name}`.{hint}")
        return super().resolve_command(context, arguments)

    def format_commands(self, context, formatter):
        """The table itself: loading every command to ask for its help would take longer than most of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def main(stages: tuple[Stage, ...], root: Path, arguments: list[str] | None = None) -> None:
    """Run the command line of the pipeline whose stages these are; `root` is the project's folder."""
    own_process = arguments is None
    arguments = sys.argv[1:] if arguments is None else arguments
    door = Door(
        help="Notebooks that a business can run on. Without a command: run the pipeline, archived under runs/.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    try:
        door.main(arguments, "python pipeline.py", obj=Project(root, root / "runs", stages))
    except ChurnError as error:
        if "--debug" in arguments:
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except InterruptedTwice as error:
        print("ended at once: nothing of this run is kept.", file=sys.stderr, flush=True)
        os._exit(error.exit_code)  # at once: a page that is being drawn would be waited for
    except Exception as error:
        if "--debug" in arguments:
            raise
        print(f"internal error: {type(error).__name__}: {error}\nCure: run it again with --debug.", file=sys.stderr)
        sys.exit(INTERNAL_ERROR)
    finally:
        if own_process and "_duckdb" not in sys.modules:  # which complains of what was not collected
            gc.freeze()  # or Python looks for cycles in all that was loaded before it ends: 0.15 s
