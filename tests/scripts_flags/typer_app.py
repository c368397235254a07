import typer

app = typer.Typer()
below = typer.Typer()
app.add_typer(below, name="data")


@app.command()
def train(learning_rate: float = 0.1, force: bool = typer.Option(False, "--force/--no-force", "-f/-F")):
    pass


@app.command("eval")
def evaluate(checkpoint: str):
    pass


@below.command()
def fetch(where: str = "here"):
    pass


if __name__ == "__main__":
    app()
