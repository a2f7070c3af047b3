"""Prune a pre-trained model to some of its layers and the tokens that tasks use.

    python bench/prune.py smollm2-135m runs/pruned --layers 2
    cogitate train mini --model runs/pruned --pretrain.vocabulary 0 --rl.num-steps 0

The first and the last layers are kept (as many of either), since those in between are the most
similar (arXiv 2403.17887). A token is kept if it occurs in questions or worked solutions of the
recipe `mini`, is a byte, or is merged into one that is kept. Train the result further to recover.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random

from safetensors.torch import load_file, save_file

from cogitate import models
from cogitate.recipes import RECIPES
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture

QUESTIONS = 10_000
MARKUP = "<|im_start|>system user assistant\n<|im_end|>\n"


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "model"
        models.save(models.load(options.model), whole)
        options.folder.mkdir(parents=True)
        num_tokens = prune(whole, options.folder, options.layers)
    decoder = models.load(options.folder).decoder
    num_params = sum(p.numel() for p in decoder.parameters())
    print(f"{options.folder}: {options.layers} layers, {num_tokens} tokens, {num_params:,} weights")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a name, run or folder")
    parser.add_argument("folder", type=Path, help="for the smaller model; must not exist")
    parser.add_argument("--layers", type=int, default=2)
    return parser.parse_args()


def prune(whole: Path, folder: Path, num_layers: int) -> int:
    """Write the smaller model in Hugging Face format; return how many tokens it has."""
    document = json.loads((whole / "tokenizer.json").read_text())
    kept = kept_tokens(document, Tokenizer.load(whole))
    new_id = {old: new for new, old in enumerate(kept)}
    write(folder / "tokenizer.json", smaller_tokenizer(document, new_id))
    config = json.loads((whole / "config.json").read_text())
    layers = kept_layers(config["num_hidden_layers"], num_layers)
    ends = {"vocab_size": len(kept), "num_hidden_layers": num_layers}
    ends |= {k: new_id[v] for k, v in config.items() if k.endswith("token_id") and v is not None}
    write(folder / "config.json", config | ends)
    (folder / "tokenizer_config.json").write_text((whole / "tokenizer_config.json").read_text())
    save_file(smaller_weights(whole, layers, kept), folder / "model.safetensors", {"format": "pt"})
    return len(kept)


def kept_tokens(document: dict, tokenizer: Tokenizer) -> list[int]:
    """Return the ids of what tasks use, of bytes, of markup and of what is merged into these."""
    vocabulary = document["model"]["vocab"]
    parents = {"".join(pair): pair for pair in map(parts, document["model"]["merges"])}
    used = {i for text in texts() for i in tokenizer.encode(text)}
    names = {name for name, i in vocabulary.items() if i in used or len(name) == 1}
    waiting = list(names)
    while waiting:
        new = set(parents.get(waiting.pop(), ())) - names
        names |= new
        waiting += new
    return sorted(
        {vocabulary[name] for name in names} | {t["id"] for t in document["added_tokens"]}
    )


def texts() -> Iterable[str]:
    yield MARKUP
    mixture = Mixture(RECIPES["mini"]().tasks)
    for index in range(QUESTIONS):
        family, task = mixture.draw(index, Random(f"cut/{index}").getrandbits(32))
        yield task.question
        yield from family.demonstrate(task)


def smaller_tokenizer(document: dict, new_id: dict[int, int]) -> dict:
    model = document["model"]
    vocabulary = {name: new_id[i] for name, i in model["vocab"].items() if i in new_id}
    merges = [
        merge
        for merge in model["merges"]
        if {*parts(merge), "".join(parts(merge))} <= vocabulary.keys()
    ]
    added = [token | {"id": new_id[token["id"]]} for token in document["added_tokens"]]
    smaller = model | {"vocab": vocabulary, "merges": merges}
    return document | {"model": smaller, "added_tokens": added}


def parts(merge: str | list[str]) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def kept_layers(num_layers: int, num_kept: int) -> list[int]:
    first = (num_kept + 1) // 2
    return [*range(first), *range(num_layers - (num_kept - first), num_layers)]


def smaller_weights(whole: Path, layers: list[int], tokens: list[int]) -> dict:
    weights = load_file(whole / "model.safetensors")
    rows = ("model.embed_tokens.weight", "lm_head.weight")
    found = {name: weights[name][tokens].contiguous() for name in rows if name in weights}
    for name, weight in weights.items():
        if name.startswith("model.layers."):
            old, rest = name.removeprefix("model.layers.").split(".", 1)
            if int(old) in layers:
                found[f"model.layers.{layers.index(int(old))}.{rest}"] = weight
        elif name not in rows:
            found[name] = weight
    return found


def write(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False))


if __name__ == "__main__":
    main()
