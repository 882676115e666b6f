import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LSTMClassifier(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        x = self.fc(h[-1])
        return x


class Trainer:
    def __init__(self, model, train_loader, lr):
        self.model = model
        self.train_loader = train_loader
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.loss_fn = nn.CrossEntropyLoss()
        self.history = []

    def train_step(self, batch):
        x, y = batch
        self.optimizer.zero_grad()
        output = self.model(x)
        loss = self.loss_fn(output, y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        accuracy = (output.argmax(dim=1) == y).float().mean()
        return loss.item(), accuracy.item()

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            results = [self.train_step(batch) for batch in self.train_loader]
            loss = sum(r[0] for r in results) / len(results)
            acc = sum(r[1] for r in results) / len(results)
            self.history.append(loss)
            print(f"Epoch {epoch + 1}/{epochs} - loss: {loss:.4f} - acc: {acc:.4f}")


def gestures(n=240, steps=15):
    y = torch.randint(0, 3, (n,))
    slope = torch.tensor([-0.2, 0.0, 0.2])[y]
    t = torch.arange(steps).float()
    x = slope[:, None] * t + 0.3 * torch.randn(n, steps)
    return TensorDataset(x.unsqueeze(-1), y)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.01)
    args = parser.parse_args()
    torch.manual_seed(0)
    loader = DataLoader(gestures(), batch_size=24, shuffle=True)
    trainer = Trainer(LSTMClassifier(1, 16, 3), loader, args.lr)
    trainer.fit(args.epochs)


if __name__ == "__main__":
    main()
