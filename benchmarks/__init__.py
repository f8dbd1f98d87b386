"""`make bench`: how much the site costs over hand-written SQL, at three sizes, on two databases."""
