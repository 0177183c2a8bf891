"""``python -m sample_data.generate``: write the sample practice anew."""

from pathlib import Path

from sample_data.generate.build import write

if __name__ == "__main__":
    folder = Path(__file__).resolve().parent.parent / "riverbend"
    print(f"{write(folder)} files written")
