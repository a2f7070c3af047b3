"""One name, one thing: what a user types is a path or a name of ours, the same for every verb."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cogitate import models
from cogitate.cli import main
from cogitate.cli.arguments import family_names
from cogitate.cli.serve import Options, _named, _registry
from cogitate.errors import ModelError, UsageError
from cogitate.models import lora
from cogitate.models.hub import recorded
from cogitate.runs.opening import locate, trained_on
from cogitate.tasks import load_family, open_family
from cogitate.tasks.files.rows import Rows
from cogitate.tokenizer import Tokenizer
from vocabularies import merging

OURS = ["mini", "mini-base", "strawberry", "smollm2-135m", "new-nano", "new-mini"]
FEW = ["--family", "arithmetic", "--n", "1", "--answer", "2"]
ODD = [
    "new-model",
    "a=b",
    "a,b",
    "two words",
    "100%s",
    "*",
    "[ab]?",
    "x@y",
    "a:b",
    "cogitate:nothing",
    "owner/model",
    "model.gguf",
    "~tilde",
    "-",
    ".hidden",
    "model",
    unicodedata.normalize("NFD", "modèle"),
    unicodedata.normalize("NFC", "modèle"),
]


def serve(name: str) -> int:
    _registry(Options(model=(name,), rows=1))
    return 0


VERBS = {
    "ask": lambda name: main(["ask", "1?", "--model", name, "--answer", "2"]),
    "evaluate": lambda name: main(["evaluate", "--model", name, *FEW]),
    "against": lambda name: main(["evaluate", "--model", "cogitate:mini", "--against", name, *FEW]),
    "check": lambda name: main(["check", name, *FEW, "--json", "found.json"]),
    "show": lambda name: main(["models", "show", name]),
    "pull": lambda name: main(["models", "pull", name]),
    "export": lambda name: main(["models", "export", name, "exported.GGUF"]),
    "train": lambda name: main(["train", "canary", "--model", name, "--dry-run"]),
    "serve": serve,
    "adapter": lambda name: len(adapted(name)) and 0,
}


def adapted(name: str) -> str:
    """Load an adapter that says that its base is so called."""
    Path("adapter").mkdir()
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": name}
    Path("adapter/adapter_config.json").write_text(json.dumps(config))
    try:
        return models.load("adapter").name
    except ModelError as error:
        if "adapter_model" in str(error):  # its base was loaded
            return name
        raise


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the user's."""
    folder = tmp_path_factory.mktemp("theirs") / "theirs"
    models.save(models.initialise("nano", merging(), seed=5, context=512), folder)
    return folder


@pytest.fixture
def here(tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return theirs


def put(theirs: Path, name: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).symlink_to(theirs, target_is_directory=True)


@pytest.mark.parametrize("verb", VERBS)
def test_a_name_of_ours_that_is_here_too_is_refused_by_every_verb(
    here: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(here, "mini")
    try:
        code, said = VERBS[verb]("mini"), capsys.readouterr().err
    except ModelError as error:
        code, said = error.exit_code, str(error)
    assert code
    assert "./mini for what is here" in said
    assert "cogitate:mini for ours" in said


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "check"])  # that one judges
def test_both_spellings_say_which(here: Path, verb: str) -> None:
    put(here, "mini")
    assert VERBS[verb]("./mini") == 0
    for left in ("adapter/adapter_config.json", "exported.GGUF"):
        Path(left).unlink(missing_ok=True)
    if Path("adapter").is_dir():
        Path("adapter").rmdir()
    assert VERBS[verb]("cogitate:mini") == 0


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("kind", ["folder", "file", "link", "dangling link"])
def test_whatever_is_called_as_ours_is_ambiguous(here: Path, name: str, kind: str) -> None:
    match kind:
        case "folder":
            Path(name).mkdir()
        case "file":
            Path(name).write_text("mine")
        case "link":
            put(here, name)
        case _:
            Path(name).symlink_to("nowhere")
    for reads in (locate, trained_on, models.load, models.pull, models.new_size):
        with pytest.raises(ModelError, match=f"./{name} for what is here, or cogitate:{name}"):
            reads(name)


@pytest.mark.parametrize("name", OURS)
def test_a_full_name_that_is_a_path_too_gets_advice_that_helps(here: Path, name: str) -> None:
    put(here, f"cogitate:{name}")
    for reads in (locate, trained_on, models.load, models.pull, models.new_size):
        with pytest.raises(ModelError, match=f"./cogitate:{name} for .*, or rename it to reach"):
            reads(f"cogitate:{name}")
    mine = models.load(here).decoder.embedding.weight
    assert models.load(f"./cogitate:{name}").decoder.embedding.weight.equal(mine)


@pytest.mark.parametrize("name", ["mini", "./mini", "mini/", "cogitate:mini"])
def test_without_anything_here_a_name_is_ours_and_a_path_is_a_path(here: Path, name: str) -> None:
    if name in ("mini", "cogitate:mini"):
        assert models.load(name).decoder.arch == models.load("mini").decoder.arch
        assert trained_on(name) == trained_on("mini")
    else:
        with pytest.raises(ModelError, match="there is no model"):
            models.load(name)


@pytest.mark.parametrize("name", [f"./{n}" for n in OURS] + [f"{n}/" for n in OURS] + ODD)
def test_a_path_that_is_here_is_that_path(here: Path, name: str) -> None:
    put(here, name.rstrip("/"))
    mine = models.load(here).decoder.embedding.weight
    folder, rl = locate(name)
    assert rl is None
    for read in (name, folder, Path(name), Path(name).absolute()):
        assert models.load(read).decoder.embedding.weight.equal(mine)
    assert models.new_size(name) is None
    assert _named(name)[1] == name


def test_a_home_folder_is_read_in_paths_but_a_folder_called_so_comes_first(
    here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    put(here, "home/mine")
    assert models.load("~/mine").decoder.arch == models.load(here).decoder.arch
    put(here, "~/mine")
    (tmp_path / "home" / "mine").unlink()
    assert models.load("~/mine").decoder.arch == models.load(here).decoder.arch
    with pytest.raises(ModelError, match="there is no model"):
        models.load("~nobody-of-that-name/model")


def test_a_size_that_does_not_exist_is_said_unless_it_is_a_folder(here: Path) -> None:
    assert models.new_size("new-huge") == "huge"
    put(here, "new-huge")
    assert models.new_size("new-huge") is None


def test_a_file_that_is_no_model_is_not_looked_for_on_the_hub(here: Path) -> None:
    Path("owner").mkdir()
    Path("owner/model").write_text("x")
    with pytest.raises(ModelError, match="is a file"):
        models.load("owner/model")


@pytest.mark.parametrize(
    ("typed", "name", "model"),
    [
        ("mini", "mini", "mini"),
        ("cogitate:mini", "mini", "cogitate:mini"),
        ("m=mini", "m", "mini"),
        ("m=runs/a=b", "m", "runs/a=b"),
        ("m=./x=y", "m", "./x=y"),
        ("x=y", "x=y", "x=y"),
        ("./x=y", "x=y", "./x=y"),
        ("x=y/", "x=y", "x=y/"),
        ("m=x=y", "m", "x=y"),
        ("=mini", "mini", "mini"),
        ("owner/model", "model", "owner/model"),
    ],
)
def test_what_is_served_is_split_at_the_first_equals_sign(
    here: Path, typed: str, name: str, model: str
) -> None:
    put(here, "x=y")
    assert _named(typed) == (name, model)


NAMES = st.text("ab,.=: %", min_size=1, max_size=6).map(lambda name: f"x{name}x.jsonl")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(names=st.lists(NAMES, min_size=1, max_size=4), gap=st.sampled_from([",", ", "]))
def test_files_keep_their_commas_in_a_list(here: Path, names: list[str], gap: str) -> None:
    for name in Path().iterdir():
        name.unlink()
    for name in names:
        Path(name).write_text("")
    joined = gap.join(["arithmetic", *names, "spelling"])
    assert family_names(joined) == ["arithmetic", *names, "spelling"]


def test_names_of_no_file_are_split_as_ever() -> None:
    assert family_names(" arithmetic ,,spelling,") == ["arithmetic", "spelling"]


def test_a_list_may_be_longer_than_a_name_of_a_file() -> None:
    names = ["letter_counting:wordings=unseen"] * 20
    assert family_names(",".join(names)) == names


def test_a_folder_is_no_family_and_a_file_is_never_taken_for_one(here: Path) -> None:
    row = '{"question": "q%d", "answer": "a%d"}\n'
    rows = "".join(row % (i, i) for i in range(60))
    Path("arithmetic").mkdir()
    assert load_family("arithmetic").name == "arithmetic"
    said = {
        "spelling": "both a family of ours and a file here: rename",
        "reasoning_gym:basic_arithmetic": r"is \.jsonl, \.csv or \.py",
    }
    for name, sentence in said.items():
        Path(name).write_text(rows)
        with pytest.raises(UsageError, match=sentence):
            open_family(name)
    for name in ("reasoning_gym:mine.jsonl", "a,b = c.jsonl"):
        Path(name).write_text(rows)
        assert isinstance(open_family(name), Rows)


def test_a_model_is_no_run_for_what_stands_in_it_or_above_it(here: Path) -> None:
    """HF folders have a config.json too, and people keep checkpoints where they like."""
    Path("project").mkdir()
    for file in here.iterdir():
        (Path("project") / file.name).write_bytes(file.read_bytes())
    for name in ("checkpoints", "rollouts", "model"):
        (Path("project") / name).mkdir()
    (Path("project") / "manifest.json").write_text("{}")
    assert locate("project") == ("./project", None)
    assert trained_on("project") == []
    put(here, "other/model")
    Path("other/config.json").write_text('{"name": "of another program"}')
    assert locate("other/model") == ("other/model", None)
    assert trained_on("other/model") == []


def test_what_is_written_down_stays_ours(here: Path) -> None:
    """A folder that appears later beside an adapter changes nothing of its base."""
    policy = models.load("mini-base")
    lora.apply(policy.decoder, rank=2, alpha=4, seed=0)
    models.save_adapter(policy, Path("taught"))
    put(here, "mini-base")
    base = json.loads(Path("taught/adapter_config.json").read_text())["base_model_name_or_path"]
    assert base == "cogitate:mini-base" == recorded("mini-base")
    found = models.load("taught").decoder.arch
    assert found == models.load("cogitate:mini-base").decoder.arch


def test_an_adapter_of_a_new_model_is_not_one_of_ours_of_that_size(here: Path) -> None:
    policy = models.initialise("mini", Tokenizer.bytes(), seed=0)
    assert recorded(policy.name) == "cogitate:new-mini"


TINY = ["--cold-start.num-steps", "1", "--rl.num-steps", "0", "--run.eval-every", "0"]
TINY += ["--run.threads", "1", "--cold-start.items-per-step", "2", "--run.eval-n", "2"]


def test_a_run_in_a_folder_called_as_its_base_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "canary", "--out", "new-nano", *TINY]) == 0
    assert main(["train", "canary", "--out", "new-nano", "--resume"]) == 0
    assert main(["train", "canary", "--out", "elsewhere", *TINY]) == 1
    assert "cogitate:new-nano for ours" in capsys.readouterr().err
    args = ["train", "canary", "--model", "cogitate:new-nano", "--out", "elsewhere", *TINY]
    assert main(args) == 0
    assert main([*args, "--resume"]) == 0
