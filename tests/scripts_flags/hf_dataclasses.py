from dataclasses import dataclass, field
from typing import Optional

from transformers import HfArgumentParser


@dataclass
class ModelArguments:
    model_name: str = field(metadata={"help": "which"})
    learning_rate: float = 5e-5
    use_cache: bool = True
    fp16: bool = field(default=False, metadata={"help": "half"})
    tokens: Optional[int] = None


parser = HfArgumentParser((ModelArguments,))
model_args = parser.parse_args_into_dataclasses()
