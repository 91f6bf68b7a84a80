from theirs_tensorflow import PIXEL, far_field, shift

from parity_suite import Adapter, Capabilities, Convention, Sizes, adapt


class Theirs(Adapter, framework="tensorflow"):
    capabilities = Capabilities(sizes={"diffract.B": Sizes(at_least=1)})
    translate = adapt(shift, images="B 1 H W", offsets=Convention("B yx", unit=PIXEL))
    diffract = adapt(far_field, psi="B P C ri N M", amplitude="B C N M")
