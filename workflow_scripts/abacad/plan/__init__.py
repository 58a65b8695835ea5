"""The checked config in, the files that each rule reads and the options of its script out."""
