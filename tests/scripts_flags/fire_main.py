import fire


def main(data_dir, lr: float = 0.1, steps=10, amp=False, *rest):
    """Train.

    Args:
        data_dir: where the data is
        lr: step size
    """


if __name__ == "__main__":
    fire.Fire(main)
