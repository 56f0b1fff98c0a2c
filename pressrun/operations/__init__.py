"""Operations: whole pieces of work that span the stages, for commands and flows alike."""
