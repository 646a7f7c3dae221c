"""What is frozen into a unix VM built as this board; run from source, MICROPYPATH does the same."""

package("borne", base_path="../../firmware")
module("main.py", base_path="../../firmware")
module("board.py")
