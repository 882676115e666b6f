"""Reptile: copies of the model learn one task each; the way they went is the gradient, averaged by hand."""
import copy

import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self, ways):
        super().__init__()
        self.body = nn.Linear(4, 16)
        self.head = nn.Linear(16, ways)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


def adapt(task, learner, inner, criterion, steps, batch_size):
    data, labels = task
    for _ in range(steps):
        idx = torch.randint(data.size(0), size=(batch_size,))
        inner.zero_grad()
        error = criterion(learner(data[idx]), labels[idx])
        error.backward()
        inner.step()
    return criterion(learner(data), labels)


def sample_task(ways):
    data = torch.randn(20, 4)
    return data, (data @ torch.randn(4, ways)).argmax(1)


def main(iterations=12, tasks=4, ways=3, steps=5, test_steps=8, test_interval=5):
    model = Net(ways)
    meta = torch.optim.SGD(model.parameters(), lr=1.0)
    state = torch.optim.Adam(model.parameters(), lr=1e-2, betas=(0.0, 0.999)).state_dict()
    criterion = nn.CrossEntropyLoss(reduction="mean")
    for iteration in range(iterations):
        meta.zero_grad()
        seen = tested = 0.0
        for p in model.parameters():
            p.grad = torch.zeros_like(p.data)
        for _ in range(tasks):
            learner = copy.deepcopy(model)
            inner = torch.optim.Adam(learner.parameters(), lr=1e-2, betas=(0.0, 0.999))
            inner.load_state_dict(state)
            seen += adapt(sample_task(ways), learner, inner, criterion, steps, 8).item() / tasks
            state = inner.state_dict()
            for p, q in zip(model.parameters(), learner.parameters()):
                p.grad.data.add_(q.data, alpha=-1.0)
            if iteration % test_interval == 0:
                learner = copy.deepcopy(model)
                inner = torch.optim.Adam(learner.parameters(), lr=1e-2, betas=(0.0, 0.999))
                inner.load_state_dict(state)
                tested += adapt(sample_task(ways), learner, inner, criterion, test_steps, 8).item() / tasks
        for p in model.parameters():
            p.grad.data.mul_(1.0 / tasks).add_(p.data)
        meta.step()
        if iteration % test_interval == 0:
            print(iteration, seen, tested)


if __name__ == "__main__":
    main()
