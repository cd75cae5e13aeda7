"""`python -m synthdeal_assets.cli`: the same as the `synthdeal` command."""

from synthdeal_assets.cli.app import main

if __name__ == "__main__":
    main()
