"""The household service: what comes in is taken in, what is asked for is done, what dies is started again."""
