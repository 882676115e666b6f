import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Runner:
    def __init__(self, dataset, batch_size):
        self.loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
        self.net = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.02)

    def run(self, iterations):
        batches = iter(self.loader)
        for it in range(iterations):
            batch = next(batches, None)
            if batch is None:
                batches = iter(self.loader)
                batch = next(batches)
            prediction = self.net(batch[0])
            loss = F.mse_loss(prediction, batch[1])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if it % 5 == 0:
                print("iteration", it, "loss", float(loss))


if __name__ == "__main__":
    torch.manual_seed(0)
    points = torch.randn(90, 3)
    Runner(TensorDataset(points, points.norm(dim=1, keepdim=True)), 30).run(20)
