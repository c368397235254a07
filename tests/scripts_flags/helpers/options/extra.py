from . import data


def add_extra(parser):
    parser.add_argument("--extra", type=int, default=data.Data.size)
    return parser
