"""What a person types: one module per command or group of commands.

Contains options, progress and output. Keep out: methods and decisions about runs; a command calls one function of a
room below.
"""
