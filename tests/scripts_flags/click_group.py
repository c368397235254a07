import click


@click.group()
@click.option("--verbose", is_flag=True)
def cli(verbose):
    pass


@cli.command()
@click.option("--lr", default=0.1)
def train(lr):
    pass


@click.command("show-it")
@click.argument("name")
def show(name):
    pass


cli.add_command(show)

if __name__ == "__main__":
    cli()
