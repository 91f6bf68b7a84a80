"""What the suite must be told of tomography: its stages and their fields."""

from parity_suite import Field, Pack, Stage

_IMAGES = Field("images", "real", ("B", "N", "N"))
_ANGLES = Field("angles", "real", ("A",), "radian")
_SINOGRAM = Field("sinogram", "real", ("B", "A", "N"))

PROJECT = Stage(
    "project",
    inputs=(_IMAGES, _ANGLES),
    outputs=(_SINOGRAM,),
    doc="Each pixel is laid on the detector at x cos(angle) + y sin(angle), shared by the two bins it lies between.",
    items="B",
    permuted=("A",),
    linear_in=("images",),
)
BACKPROJECT = Stage(
    "backproject",
    inputs=(_SINOGRAM, _ANGLES),
    outputs=(_IMAGES,),
    doc="The adjoint of project: each pixel takes from the two bins it lies between.",
    items="B",
    permuted=("A",),
    linear_in=("sinogram",),
)
PACK = Pack(
    "tomography",
    stages=(PROJECT, BACKPROJECT),
    oracle="tomography.oracle:Oracle",
    cases="tomography.cases",
    rules="tomography.rules",
    laws=("tomography.laws",),
    faults=("tomography.faults",),
)
