"""Half of the flags come from modules of the project."""

from options import *
from options import base as make_parser
from options.extra import add_extra

import options.data as data

try:
    import accelerate
except ImportError:
    accelerate = None

parser = make_parser()
add_extra(parser)
data.Data.add_arguments(parser.add_argument_group("data"))
parser.add_argument("--width", type=int, default=WIDTH)

if __name__ == "__main__":
    args = parser.parse_args()
