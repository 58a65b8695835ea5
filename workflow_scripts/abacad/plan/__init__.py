"""The checked config in, the input files of each rule and the options of its script out."""
