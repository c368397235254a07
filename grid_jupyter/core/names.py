"""Made-up run names, such as ``spiffy-sunfish-821``."""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 10_000

_ADJECTIVES = """
    able agile amber ample apt azure balmy bold brave breezy bright brisk bubbly calm candid cheery
    chipper clever cosy crisp curious dapper daring deft dewy eager early earnest easy fabled fair fancy
    festive fleet fluffy fond frank fresh friendly gentle gifted gleeful golden graceful grand hardy
    hearty helpful honest humble jaunty jolly jovial joyful keen kind lavish lively loyal lucid lucky
    mellow merry mighty mild mindful modest neat nifty nimble noble patient peppy placid plucky polite
    prompt proud quick quiet radiant ready rosy rustic serene sleek snug spiffy spry steady sturdy sunny
    swift tidy upbeat vivid warm witty zesty
"""

_ANIMALS = """
    albatross alpaca antelope badger barbet beaver bison bobcat bonobo bunting capybara caribou cheetah
    chinchilla cicada condor coyote crane cricket curlew dingo dolphin dormouse dragonfly egret eider
    ermine falcon ferret finch firefly flamingo fox gazelle gecko gibbon giraffe goldfinch grouse
    hamster hare hedgehog heron hoopoe ibex ibis iguana jackdaw jaguar jay kestrel kingfisher kiwi koala
    lark lemur leopard linnet lobster lynx macaw magpie mallard manatee marmot marten meerkat moose
    narwhal newt ocelot octopus oriole otter owl panda pangolin pelican penguin puffin quail quokka
    raccoon raven robin salmon sandpiper seal starling stork sunfish swallow swan tapir tortoise toucan
    turtle wombat wren zebra
"""


def new_name(taken: Callable[[str], bool]) -> str:
    """Return a random adjective-animal-number that ``taken`` does not know.

    Raises:
        RuntimeError: Ten thousand draws were all taken.
    """
    draw = SystemRandom()
    for _ in range(_TRIES):
        name = f"{draw.choice(_ADJECTIVES.split())}-{draw.choice(_ANIMALS.split())}-{draw.randint(1, 999)}"
        if not taken(name):
            return name
    raise RuntimeError(f"{_TRIES} made-up run names were all taken")
