"""The files for clusters are what their tools read, and start commands that exist."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from cogitate.cli import main

CLUSTER = Path(__file__).resolve().parent.parent / "docs" / "examples" / "cluster"


def check_command(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    verb, recipe, *rest = shlex.split(line)[1:]
    assert verb == "train"
    with pytest.raises(SystemExit):
        main(["train", recipe, "--help"])
    known = capsys.readouterr().out
    for option in [word for word in rest if word.startswith("--")]:
        assert re.search(rf"{option}\b", known), option


def test_the_ray_job_has_a_gpu_for_every_process(capsys: pytest.CaptureFixture[str]) -> None:
    job = yaml.safe_load((CLUSTER / "rayjob.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    spec = job["spec"]
    check_command(spec["entrypoint"], capsys)
    words = shlex.split(spec["entrypoint"])
    needed = sum(
        int(words[words.index(f"--scale.{kind}") + 1]) for kind in ("samplers", "learners")
    )
    groups = spec["rayClusterSpec"]["workerGroupSpecs"]
    gpus = [
        group["replicas"] * int(container["resources"]["limits"]["nvidia.com/gpu"])
        for group in groups
        for container in group["template"]["spec"]["containers"]
    ]
    assert sum(gpus) == needed
    for group in (spec["rayClusterSpec"]["headGroupSpec"], *groups):
        pod = group["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        mounts = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
        assert mounts <= volumes


def test_the_batch_job_is_a_shell_script(capsys: pytest.CaptureFixture[str]) -> None:
    path = CLUSTER / "train.sbatch"
    subprocess.run(["bash", "-n", str(path)], check=True)
    text = path.read_text()
    options = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)$", text, flags=re.MULTILINE))
    assert int(options["nodes"]) * int(options["gpus-per-node"]) == 24 + 8
    (command,) = re.findall(r"cogitate train (?:.*\\\n)*.*", text)
    check_command(command.replace("\\\n", " ").replace('"$address"', "host:6379"), capsys)
