from jsonargparse import ArgumentParser


class Model:
    def __init__(self, width: int = 8, drop_out: float = 0.1):
        pass


parser = ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_class_arguments(Model, "model")

if __name__ == "__main__":
    parser.parse_args()
