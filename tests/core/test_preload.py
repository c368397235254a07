"""What can be imported ahead of a script, told from its source alone."""

import pytest

from grid_jupyter.core.preload import find_preload


@pytest.fixture
def read(tmp_path):
    """Return a function that writes files, and returns what would be imported ahead of ``train.py``."""

    def read(files, *search):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return find_preload(tmp_path / "train.py", [tmp_path / path for path in search])

    return read


def texts(preload):
    return [line.text for line in preload.imports]


def test_installed_packages_in_the_order_of_the_source(read):
    found = read({"train.py": '"""Doc."""\nfrom __future__ import annotations\nimport b, os\nfrom a.c import d as e\n'})
    assert texts(found) == ["import b", "from a.c import d as e"]
    assert [(line.line, line.module) for line in found.imports] == [(3, "__main__"), (4, "__main__")]


def test_modules_of_the_project_are_followed_where_they_stand(read):
    files = {
        "train.py": "import first\nimport mine.deep\nfrom mine import other\nimport last\n",
        "mine/__init__.py": "import inside\n",
        "mine/deep.py": "from . import other\nfrom .. import far\nimport deep\n",
        "mine/other.py": "import other_package\nimport mine.deep\n",
    }
    found = read(files)
    packages = ["first", "inside", "other_package", "deep", "last"]
    assert texts(found) == [f"import {name}" for name in packages]
    assert found.names == ("mine", "train")


def test_folders_of_the_project_that_python_looks_into(read):
    files = {"train.py": "import mine\nimport torch\n", "src/mine.py": "import numpy\n", "src/torch/data.txt": ""}
    assert texts(read(files)) == ["import mine", "import torch"]
    found = read(files, "src")
    assert texts(found) == ["import numpy", "import torch"]
    assert found.names == ("mine", "train")


@pytest.mark.parametrize(
    "statement",
    [
        "os.environ['A'] = '1'",
        "del os.environ['A']",
        "os.environ.setdefault('A', '1')",
        "environ.update(A='1')",
        "os.environ |= {'A': '1'}",
        "os.putenv('A', '1')",
        "if os.name: os.environ['A'] = '1'",
        "sys.path.insert(0, 'lib')",
        "sys.path = ['lib']",
        "sys.modules['torch'] = None",
        "warnings.filterwarnings('ignore')",
        "os.chdir('/')",
        "dotenv.load_dotenv()",
    ],
)
def test_it_ends_where_imports_may_be_changed(read, statement):
    assert texts(read({"train.py": f"import a\n{statement}\nimport b\n"})) == ["import a"]
    assert texts(read({"train.py": "import a\nimport mine\nimport b\n", "mine.py": statement})) == ["import a"]


@pytest.mark.parametrize(
    "statement",
    [
        "HOME = os.environ['HOME']",
        "HOME = os.environ.get('HOME')",
        "def f():\n    os.environ['A'] = '1'",
        "class A:\n    def f(self): sys.path.append('lib')",
        "if __name__ == '__main__':\n    os.chdir('/')",
        "settings.update(a=1)",
        "settings['a'] = 1",
        "if a:\n    import c",
        "try:\n    import c\nexcept ImportError:\n    pass",
    ],
)
def test_it_goes_on_after_other_statements(read, statement):
    assert texts(read({"train.py": f"import a\n{statement}\nimport b\n"})) == ["import a", "import b"]


def test_a_source_that_cannot_be_read(read):
    assert read({"train.py": "import a\nimport (\n"}).unfit == "train.py, line 2: invalid syntax"
    assert read({"train.py": "import a\nimport mine\n", "mine.py": "("}).unfit is None


def test_a_module_that_imports_itself(read):
    assert texts(read({"train.py": "import train\nimport mine\nimport a\n", "mine.py": "import mine\n"})) == [
        "import a"
    ]
