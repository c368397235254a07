from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_float("learning_rate", 0.1, "step size", lower_bound=0.0)
flags.DEFINE_integer("steps", 10, "how many", short_name="n")
flags.DEFINE_bool("amp", False, "mixed precision")
flags.DEFINE_enum("optimizer", "adam", ["adam", "sgd"], "which")
flags.DEFINE_list("layers", ["1", "2"], "sizes")
flags.DEFINE_multi_string("tag", None, "words")
_OUT = flags.DEFINE_string("out-dir", None, "where")
flags.mark_flag_as_required("out-dir")


def main(argv):
    print(FLAGS.steps, _OUT.value)


if __name__ == "__main__":
    app.run(main)
