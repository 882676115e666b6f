"""A recurrent network from scratch: gradients are emptied by hand once there are any, sgd and clipping are functions."""
import sys

import torch
from torch import nn

torch.manual_seed(0)
HIDDEN, SYMBOLS = 16, 5
text = torch.randint(SYMBOLS, (400,))


def get_params():
    def weight(*shape):
        return nn.Parameter(torch.randn(*shape) * 0.1)

    return [weight(SYMBOLS, HIDDEN), weight(HIDDEN, HIDDEN), weight(HIDDEN), weight(HIDDEN, SYMBOLS), weight(SYMBOLS)]


def windows(tokens, batch_size, steps):
    per_row = len(tokens) // batch_size
    rows = tokens[: batch_size * per_row].view(batch_size, per_row)
    for i in range((per_row - 1) // steps):
        yield rows[:, i * steps : (i + 1) * steps], rows[:, i * steps + 1 : (i + 1) * steps + 1]


def rnn(inputs, state, params):
    w_in, w_state, b_state, w_out, b_out = params
    outputs = []
    for x in inputs:
        state = torch.tanh(x @ w_in + state @ w_state + b_state)
        outputs.append(state @ w_out + b_out)
    return outputs, state


def grad_clipping(params, theta):
    norm = sum((p.grad.data**2).sum().item() for p in params) ** 0.5
    if norm > theta:
        for p in params:
            p.grad.data *= theta / norm


def sgd(params, lr, batch_size):
    for p in params:
        p.data -= lr * p.grad / batch_size


def train(rnn, get_params, epochs, batch_size, steps, lr):
    params = get_params()
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        state = torch.zeros(batch_size, HIDDEN)
        total = count = 0
        for x, y in windows(text, batch_size, steps):
            state = state.detach()
            inputs = [nn.functional.one_hot(column, SYMBOLS).float() for column in x.t()]
            outputs, state = rnn(inputs, state, params)
            loss = criterion(torch.cat(outputs), y.t().reshape(-1))
            if params[0].grad is not None:
                for p in params:
                    p.grad.data.zero_()
            loss.backward()
            grad_clipping(params, 1.0)
            sgd(params, lr, 1)
            total, count = total + loss.item() * y.numel(), count + y.numel()
        print(epoch, total / count)


if __name__ == "__main__":
    cell = sys.argv[1] if len(sys.argv) > 1 else "rnn"
    train(globals()[cell], globals()["get_params"], 3, 4, 10, 0.5)
