"""The members' predictions in, their averages and the submission out."""
