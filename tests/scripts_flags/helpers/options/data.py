class Data:
    size = 7

    @classmethod
    def add_arguments(cls, group):
        group.add_argument("--data-size", type=int, default=cls.size, help="how much")
