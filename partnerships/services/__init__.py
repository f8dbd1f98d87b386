"""The one door for writing: verbs with keyword-only arguments and the actor as `by=`."""
