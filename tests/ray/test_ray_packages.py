"""What a project brings to a Ray cluster: packages that are installed for its trials, and code, not too much."""

import zipfile

import pytest

pytestmark = pytest.mark.timeout(300)


def wheel(folder, name, body):
    """A package that pip can install without a network."""
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", body)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


def test_requirements_are_installed(ray, ray_wheels, write):
    wheel(ray_wheels, "wonderful", "VALUE = 42\n")
    write(
        {"train.py": "import wonderful\nprint(f'loss={wonderful.VALUE}')\n", "requirements.txt": "wonderful  # ours\n"}
    )
    run = ray.finish("--cluster", "ray", "train.py", timeout=200)
    (row,) = ray.results(run)
    assert (row["state"], row["reason"], row["metrics"]) == ("succeeded", None, {"loss": 42.0})


@pytest.mark.soak
def test_requirements_that_cannot_be_installed_are_told(ray, write):
    write({"requirements.txt": "there-is-no-such-package\n"})
    run = ray.finish("--cluster", "ray", "train.py", timeout=200)
    (row,) = ray.results(run)
    assert (row["state"], row["attempts"]) == ("failed", 1)
    assert row["reason"].startswith("its environment could not be made: ")
    assert "there-is-no-such-package" in row["reason"]
    assert "\n" not in row["reason"]


def test_a_requirement_of_files_is_refused(ray, write):
    write({"requirements.txt": "numpy\n-e .\n"})
    answer = ray("run", "--cluster", "ray", "train.py")
    assert answer.code == 2, answer.out
    assert "requirements.txt, line 2: -e .: Ray installs packages by name" in answer.err
    assert answer.err.count("\n") == 1
    assert ray.here("history", "--format", "json").json == []


def test_code_that_is_too_large_is_refused(ray, write):
    write({f"data/part{number:02}.bin": bytes(9 << 20) for number in range(12)})
    answer = ray("run", "--cluster", "ray", "train.py")
    assert answer.code == 2, answer.out
    assert "a Ray cluster takes up to 100" in answer.err
    named = [f"data/part{number:02}.bin (9" for number in range(10)]
    assert all(name in answer.err for name in named)
    assert "part10" not in answer.err
    assert answer.err.count("\n") == 1


def test_a_variable_that_looks_like_a_secret_is_refused(ray, write):
    write({"sweep.yaml": "compute: {train: {environment: {WANDB_API_KEY: planted}}}\n"})
    answer = ray("run", "--cluster", "ray", "--config", "sweep.yaml", "train.py")
    assert answer.code == 2, answer.out
    assert "environment: WANDB_API_KEY looks like a secret" in answer.err
    assert "planted" not in answer.err
