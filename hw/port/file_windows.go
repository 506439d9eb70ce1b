package port

// doNotBlock is nothing here: Windows opens a device at once or refuses.
const doNotBlock = 0
