import click


def common(function):
    function = click.option("--seed", type=int, default=0)(function)
    return click.option("--quiet", is_flag=True)(function)


@click.command(context_settings={"show_default": True})
@click.argument("source")
@click.argument("more", nargs=-1)
@click.option("--lr", "-l", "rate", type=float, default=0.1, help="step size")
@click.option("--optimizer", type=click.Choice(["adam", "sgd"]), required=True)
@click.option("--amp/--no-amp", default=True)
@click.option("--tag", multiple=True)
@click.option("--size", nargs=2, type=int)
@click.option("--batch-size", default=32)
@click.option("-v", "--verbose", count=True)
@common
def main(**kwargs):
    pass


if __name__ == "__main__":
    main()
