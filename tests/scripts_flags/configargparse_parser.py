import configargparse

parser = configargparse.ArgParser(default_config_files=["a.ini"])
parser.add("-c", "--config", is_config_file=True, help="settings")
parser.add_argument("--lr", type=float, env_var="LR", default=0.1)

if __name__ == "__main__":
    options = parser.parse_args()
