"""What a server does with received sessions: their listing, who may touch them, building, moving, deleting."""
