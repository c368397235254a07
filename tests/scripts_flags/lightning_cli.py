from lightning.pytorch.cli import LightningCLI



class Model:
    def __init__(self, width: int = 8, rate: float = 0.1):
        pass


class Data:
    def __init__(self, batch_size: int = 32):
        pass


if __name__ == "__main__":
    LightningCLI(Model, Data)
