// Package sandbox owns a payment service to practise on: the server side of Cloud Pay on this machine
// only, with its own book, a scenario for each ending of a payment code, and faults on request.
//
// It promises to check what the real service checks, to authenticate before it reads, and to keep in its
// book what really happened however the answer was lost or falsified, so that a test can ask the book. The
// client side is left to a gateway driver; the two share no envelope code, which is what makes an exchange
// between them worth anything.
package sandbox
