import pytest

from grid_jupyter.core.where import parse_where
from grid_jupyter.errors import SweepError

PARAMS = {
    "lr": "0.05",
    "layers": "4",
    "model": "resnet",
    "model.depth": "18",
    "fast": "True",
    "none": "None",
    "data_dir": "a b",
    "v": "true",
    "big": "1" + "0" * 5000,
}


def holds(text):
    return parse_where(text, PARAMS).holds(PARAMS)


@pytest.mark.parametrize(
    "text",
    [
        "lr < 0.1 and layers > 2",
        "lr == 5e-2",
        "0.01 < lr < 0.1 <= layers",
        "not lr > 0.1",
        "lr > 1 or layers == 4",
        "lr > 1 and layers > 9 or fast",
        "model == 'resnet'",
        'model != "it\'s"',
        "model in ['resnet', \"vit\"]",
        "model not in ('vit',)",
        "layers in [2 * 2]",
        "layers not in []",
        "model.depth == 18",
        "fast == True and fast and not none",
        "none == None",
        "data_dir == 'a b'",
        "layers % 2 == 0 and layers // 3 == 1 and layers / 8 == .5",
        "1 + 2 * 3 == 7 and (1 + 2) * 3 == 9",
        "-layers == -4 and 2 - -2 == layers and +layers == 4",
        "10 - 4 - 3 == 3",
        "layers % 3",
        "model < 'vit'",
        "none != 3 and model != 3",
        "model == 'x' or layers > 2",
        "model == 'resnet' or model > 2",
        "big > layers",
        "  ( lr<.1 )\n",
        "fast + 1 == 2",
    ],
)
def test_holds(text):
    assert holds(text)
    assert not holds(f"not ({text})")


def test_the_labels_that_it_mentions():
    assert parse_where("lr < 0.1 and (layers in [model.depth, 3] or -v)", PARAMS).labels == {
        "lr",
        "layers",
        "model.depth",
        "v",
    }


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 0, "expected"),
        ("lrr < 1", 0, "did you mean lr?"),
        ("lr < resnet", 5, 'as a text, write "resnet"'),
        ("lr = 1", 3, "write =="),
        ("lr < 1 & layers > 2", 7, "write and"),
        ("lr < 1 | layers > 2", 7, "write or"),
        ("!lr", 0, "write not"),
        ("lr ** 2", 4, "expected"),
        ("lr(1)", 2, "calls"),
        ("lr[0]", 2, "subscripts"),
        ("lr.__class__", 0, "no argument"),
        ("lr < 1)", 6, "expected"),
        ("(lr < 1", 7, "a )"),
        ("lr in 3", 6, "list"),
        ("lr in [1", 8, "]"),
        ("lr in [1 2]", 9, "]"),
        ("lr not 3", 7, "in is expected"),
        ("lr is None", 3, "expected"),
        ("1 if lr else 2", 2, "expected"),
        ("lambda: 1", 6, "leave it out"),
        ("lr <", 4, "expected"),
        ("lr < 'a", 5, "not closed"),
        ("lr < 1x", 5, "leave it out"),
        ("{1: 2}", 0, "leave it out"),
        ("[1, 2]", 0, "expected"),
        ("lr; import os", 2, "leave it out"),
        ("(" * 41 + "lr" + ")" * 41, 41, "40 deep"),
        ("not " * 41 + "lr", 164, "40 deep"),
        ("-" * 41 + "lr", 41, "40 deep"),
        ("+".join(["lr"] * 102), 303, "100 times"),
        ("lr == 1 " + " " * 2000, 2000, "2000"),
    ],
)
def test_what_is_no_condition_is_refused_at_its_place(text, position, said):
    with pytest.raises(SweepError) as caught:
        parse_where(text, PARAMS)
    assert said in caught.value.problem
    assert (caught.value.position, caught.value.flag) == (position, "--where")


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("layers > model", 7, "model is the text 'resnet'"),
        ("none < 3", 5, "none is None"),
        ("lr < 'a'", 3, "lr is 0.05 and 'a' is a text"),
        ("model", 0, "compare it with =="),
        ("not v", 0, "v is the text 'true'"),
        ("model * 3 == 1", 6, "needs numbers"),
        ("layers / 0", 7, "worked out"),
        ("layers % (lr - lr)", 7, "worked out"),
        ("none + 1", 5, "none is None"),
    ],
)
def test_what_cannot_be_compared_is_told_with_the_values(text, position, said):
    where = parse_where(text, PARAMS)
    with pytest.raises(SweepError) as caught:
        where.holds(PARAMS)
    assert said in caught.value.problem
    assert (caught.value.position, caught.value.flag) == (position, "--where")


@pytest.mark.parametrize(
    "text",
    ["big" + " * big" * 100 + " > 1", " or ".join(["lr"] * 300), "9" * 1900 + " > lr", "[" * 2000, "lr <" * 400],
)
@pytest.mark.timeout(20)  # a cost that grows faster than the text would take hours
def test_the_cost_is_bounded(text):
    try:
        holds(text)
    except SweepError as error:
        assert len(error.problem) < 300  # noqa: PT017
