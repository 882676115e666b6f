"""Knowledge distillation: hard labels by cross-entropy, soft labels by KL divergence."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

T = 3.0
ALPHA = 0.6


def mlp(hidden):
    return nn.Sequential(nn.Linear(8, hidden), nn.ReLU(), nn.Linear(hidden, 4))


def train_teacher(teacher, loader):
    optimizer = torch.optim.Adam(teacher.parameters(), lr=0.01)
    ce = nn.CrossEntropyLoss()
    for _ in range(4):
        for x, y in loader:
            optimizer.zero_grad()
            ce(teacher(x), y).backward()
            optimizer.step()


def distill(teacher, student, loader, epochs=5):
    ce = nn.CrossEntropyLoss()
    kl = nn.KLDivLoss(reduction="batchmean")
    optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
    teacher.eval()
    for epoch in range(epochs):
        student.train()
        for x, y in loader:
            with torch.no_grad():
                soft_targets = F.softmax(teacher(x) / T, dim=1)
            student_logits = student(x)
            soft_loss = kl(F.log_softmax(student_logits / T, dim=1), soft_targets) * T * T
            hard_loss = ce(student_logits, y)
            loss = ALPHA * soft_loss + (1 - ALPHA) * hard_loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 4, (320,))
    x = torch.randn(320, 8)
    x[torch.arange(320), 2 * y] += 2.5
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    teacher, student = mlp(64), mlp(8)
    train_teacher(teacher, loader)
    distill(teacher, student, loader)
